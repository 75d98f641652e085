import { Switch } from 'antd';
import { useId } from 'react';

/** A switch with its words beside it. */
export function Toggle({ label, on, change }: { label: string; on: boolean; change: (on: boolean) => void }) {
  const id = useId();
  return (
    <span className="row" style={{ gap: 6 }}>
      <Switch id={id} size="small" checked={on} onChange={change} />
      <label htmlFor={id} className="quiet">
        {label}
      </label>
    </span>
  );
}
