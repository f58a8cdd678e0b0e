import { Command } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { Check } from '@identity/policy';
import { print } from '../../output.js';
import { withService } from '../../with-service.js';
import { subjectOf, type SubjectOptions, withSubject } from './subject.js';

interface CheckOptions extends SubjectOptions {
  object: string;
  action: string;
  domain?: string;
}

const EXIT_DENIED = 2;

export function checkCommand(): Command {
  return asking(
    'check',
    'say whether somebody may do something; exits 0 if so, 2 if not, 1 if it cannot be said',
  ).action(async (options: CheckOptions, command: Command) => {
    const { CheckPolicies } = await import('../../libraries/policy.js');
    const result = await withService(async (service) =>
      service.get(CheckPolicies).one(await checkOf(service, options)),
    );
    print(command, { allowed: result.allowed, policyId: result.policyId ?? null });
    if (!result.allowed) process.exitCode = EXIT_DENIED;
  });
}

export function explainCommand(): Command {
  return asking(
    'explain',
    'show every rule that reaches somebody, by what, and what it says to this; and what counts for nothing',
  ).action(async (options: CheckOptions, command: Command) => {
    const { ExplainPolicies } = await import('../../libraries/policy.js');
    const { rules, unusable, ...result } = await withService(async (service) =>
      service.get(ExplainPolicies).execute(await checkOf(service, options)),
    );
    const decision = result.allowed ? 'allowed' : 'denied';
    process.stderr.write(`${decision}${result.policyId === undefined ? ', by no rule' : ` by ${result.policyId}`}\n`);
    const said = { effect: null, object: null, action: null, domain: null, heldIn: null };
    print(
      command,
      [...rules, ...unusable.map((each) => ({ ...said, ...each }))].map(
        ({ policyId, from, effect, object, action, domain, heldIn, why }) => ({
          policyId,
          from,
          effect,
          object,
          action,
          domain,
          heldIn,
          why,
        }),
      ),
    );
  });
}

function asking(name: string, description: string): Command {
  return withSubject(new Command(name).description(description), 'of')
    .requiredOption('--object <code>', 'code of a permission, such as orders.read')
    .requiredOption('--action <action>', 'what is to be done with it')
    .option('--domain <domain>', 'where: <Type>_<id>; nowhere in particular when absent');
}

async function checkOf(service: INestApplicationContext, options: CheckOptions): Promise<Check> {
  const { object, action, domain } = options;
  return { subject: await subjectOf(service, options), object, action, ...(domain !== undefined && { domain }) };
}
