import type { ReactNode } from 'react';
import { Link } from 'react-router';

/** Title of a page, where it hangs, and what can be done on it. */
export function PageHead({
  title,
  lead,
  up,
  children,
}: {
  title: ReactNode;
  lead?: ReactNode;
  up?: { to: string; label: string };
  children?: ReactNode;
}) {
  return (
    <header className="page-head">
      <div>
        {up && (
          <div className="crumb">
            <Link to={up.to}>‹ {up.label}</Link>
          </div>
        )}
        <h1>{title}</h1>
        {lead && <div className="lead">{lead}</div>}
      </div>
      {children && <div className="acts">{children}</div>}
    </header>
  );
}
