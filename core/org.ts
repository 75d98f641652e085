declare const brand: unique symbol;

/** A place in the org tree: `310199/001/c05/g03` = district/subdistrict/community/grid. */
export type OrgPath = string & { readonly [brand]: 'OrgPath' };

export const ORG_KINDS = ['district', 'subdistrict', 'community', 'grid'] as const;
export type OrgKind = (typeof ORG_KINDS)[number];

export interface OrgUnit {
  readonly path: OrgPath;
  readonly name: string;
  readonly kind: OrgKind;
}

/** @throws Error for text that is not one to four segments of letters and digits. */
export function orgPath(text: string): OrgPath {
  if (!/^[0-9a-z]+(\/[0-9a-z]+){0,3}$/.test(text)) throw new Error(`'${text}' is not an org path`);
  return text as OrgPath;
}

/** True when `path` is `scope` or lies under it. */
export function isWithin(path: string, scope: string): boolean {
  return path === scope || path.startsWith(`${scope}/`);
}

export function orgKind(path: OrgPath): OrgKind {
  return ORG_KINDS[path.split('/').length - 1]!;
}

export function parentOf(path: OrgPath): OrgPath | null {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? null : (path.slice(0, cut) as OrgPath);
}

/** The ancestor of `path` at the given level, or null when `path` lies above it. */
export function ancestorAt(path: OrgPath, kind: OrgKind): OrgPath | null {
  const segments = path.split('/');
  const depth = ORG_KINDS.indexOf(kind) + 1;
  return segments.length < depth ? null : (segments.slice(0, depth).join('/') as OrgPath);
}
