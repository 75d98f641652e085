import { AutoComplete, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { SqlColumn } from '../api-types.ts';
import { boundValue, kindOf, type Typed, VALUE_KINDS, type ValueKind } from './parameters.ts';

/** One field for each `$name` of the statement; what it is compared with says what it takes. */
export function ParametersForm({
  names,
  values,
  columnOf,
  countsRows,
  change,
  run,
}: {
  names: readonly string[];
  values: Readonly<Record<string, Typed>>;
  columnOf: (name: string) => SqlColumn | null;
  countsRows: (name: string) => boolean;
  change: (name: string, typed: Typed) => void;
  run: () => void;
}) {
  const { t } = useTranslation();
  return (
    <fieldset className="sql-parameters" aria-label={t('sql.parameters.title')}>
      {names.map((name) => {
        const column = columnOf(name);
        const typed = values[name] ?? { kind: countsRows(name) ? 'number' : kindOf(column), text: '' };
        const wrong = typed.text !== '' && boundValue(typed) === undefined;
        const label = t('sql.parameters.value', { name });
        return (
          <span className="row" style={{ gap: 4 }} key={name}>
            <code title={column?.title}>${name}</code>
            <Select<ValueKind>
              size="small"
              style={{ width: 98 }}
              aria-label={t('sql.parameters.kind', { name })}
              value={typed.kind}
              options={VALUE_KINDS.map((kind) => ({ value: kind, label: t(`sql.parameters.kinds.${kind}`) }))}
              onChange={(kind) => change(name, { ...typed, kind })}
            />
            {typed.kind === 'boolean' && (
              <Select
                size="small"
                style={{ width: 98 }}
                aria-label={label}
                value={typed.text || undefined}
                options={[
                  { value: 'true', label: t('sql.parameters.true') },
                  { value: 'false', label: t('sql.parameters.false') },
                ]}
                onChange={(text) => change(name, { ...typed, text })}
              />
            )}
            {typed.kind === 'text' && column?.codes && (
              <AutoComplete
                size="small"
                style={{ width: 150 }}
                aria-label={label}
                placeholder={column.title}
                value={typed.text}
                options={column.codes
                  .filter((code) => code.includes(typed.text))
                  .map((code) => ({ value: code, label: code }))}
                onChange={(text: string) => change(name, { ...typed, text })}
              />
            )}
            {(typed.kind === 'number' || typed.kind === 'date' || (typed.kind === 'text' && !column?.codes)) && (
              <Input
                size="small"
                style={{ width: 150 }}
                aria-label={label}
                status={wrong ? 'error' : ''}
                type={typed.kind === 'date' ? 'date' : 'text'}
                inputMode={typed.kind === 'number' ? 'decimal' : undefined}
                placeholder={column?.title}
                value={typed.text}
                onChange={(event) => change(name, { ...typed, text: event.target.value })}
                onPressEnter={run}
              />
            )}
          </span>
        );
      })}
    </fieldset>
  );
}
