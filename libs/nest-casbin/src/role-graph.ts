import type { RoleManager } from 'casbin';

/** As far as Casbin's own role manager follows roles. */
const MAX_DEPTH = 10;
const DEFAULT_DOMAIN = '';

/**
 * Who has which roles, by domain. Decides as Casbin's own manager does, which walks every path to a role, so that ten
 * layers of ten roles each are ten thousand million steps; here each role is visited once, and cycles do no harm.
 */
export class RoleGraph implements RoleManager {
  private readonly domains = new Map<string, Map<string, Set<string>>>();
  /** Whom and what a name stands for in a domain, itself included. */
  private readonly reached = new Map<string, Map<string, Set<string>>>();

  link(name: string, role: string, domain = DEFAULT_DOMAIN): void {
    const roles = ofDomain(this.domains, domain);
    roles.set(name, (roles.get(name) ?? new Set()).add(role));
    this.reached.delete(domain);
  }

  syncedHasLink(name: string, role: string, domain = DEFAULT_DOMAIN): boolean {
    return name === role || this.reach(name, domain).has(role);
  }

  private reach(name: string, domain: string): Set<string> {
    const known = ofDomain(this.reached, domain);
    let reached = known.get(name);
    if (!reached) known.set(name, (reached = walk(this.domains.get(domain), name)));
    return reached;
  }

  addLink(name: string, role: string, domain?: string): Promise<void> {
    this.link(name, role, domain);
    return Promise.resolve();
  }

  deleteLink(name: string, role: string, domain = DEFAULT_DOMAIN): Promise<void> {
    this.domains.get(domain)?.get(name)?.delete(role);
    this.reached.delete(domain);
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.domains.clear();
    this.reached.clear();
    return Promise.resolve();
  }

  hasLink(name: string, role: string, domain?: string): Promise<boolean> {
    return Promise.resolve(this.syncedHasLink(name, role, domain));
  }

  getRoles(name: string, domain = DEFAULT_DOMAIN): Promise<string[]> {
    return Promise.resolve([...(this.domains.get(domain)?.get(name) ?? [])]);
  }

  getUsers(role: string, domain = DEFAULT_DOMAIN): Promise<string[]> {
    const links = [...(this.domains.get(domain) ?? [])];
    return Promise.resolve(links.filter(([, roles]) => roles.has(role)).map(([name]) => name));
  }

  getDomains(name: string): Promise<string[]> {
    return Promise.resolve([...this.domains].filter(([, links]) => links.has(name)).map(([domain]) => domain));
  }

  getAllDomains(): Promise<string[]> {
    return Promise.resolve([...this.domains.keys()]);
  }

  printRoles(): Promise<void> {
    return Promise.resolve();
  }
}

function ofDomain(domains: Map<string, Map<string, Set<string>>>, domain: string): Map<string, Set<string>> {
  let names = domains.get(domain);
  if (!names) domains.set(domain, (names = new Map()));
  return names;
}

/** Layer by layer, so that the shortest way counts. */
function walk(links: Map<string, Set<string>> | undefined, name: string): Set<string> {
  const reached = new Set([name]);
  let layer = [name];
  for (let depth = 0; depth < MAX_DEPTH && layer.length > 0; depth += 1) {
    const next = layer.flatMap((from) => [...(links?.get(from) ?? [])]);
    layer = [...new Set(next)].filter((role) => !reached.has(role));
    for (const role of layer) reached.add(role);
  }
  return reached;
}
