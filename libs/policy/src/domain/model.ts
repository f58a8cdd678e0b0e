/**
 * The Casbin model. A role counts in the domain of the request or in each (`*`); a grant holds everywhere, where the
 * subject is a member, or in its domain and those within; the object may be a part of the granted one, the action implied
 * by it. One deny outweighs every allow. `id` is the definition's, so that a decision can name it.
 */
export const POLICY_MODEL = `
[request_definition]
r = sub, dom, obj, act

[policy_definition]
p = sub, dom, obj, act, eft, id

[role_definition]
g = _, _, _
g2 = _, _
g3 = _, _
g4 = _, _
g5 = _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = g4(r.obj, p.obj) && g5(r.act, p.act) && (p.dom == "SYSTEM_WIDE" || (p.dom == "ANY_MEMBER" && (r.dom == "SYSTEM_WIDE" || g2(r.sub, r.dom))) || g3(r.dom, p.dom)) && g(r.sub, p.sub, r.dom)
`;
