import { useTranslation } from 'react-i18next';

/** The functions of mending expressions with their Chinese names, as `warehouse/mending-expression.ts` has them. */
const FUNCTIONS = [
  ['replace', '替换'],
  ['trim', '去空格'],
  ['half', '半角'],
  ['upper', '大写'],
  ['lower', '小写'],
  ['digits', '只留数字'],
  ['date', '日期'],
  ['map', '对照'],
  ['left', '左'],
  ['right', '右'],
  ['mid', '截取'],
  ['pad', '补位'],
  ['ifempty', '为空则'],
  ['if', '如果'],
  ['contains', '包含'],
  ['starts', '开头是'],
] as const;

const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Words to put into an expression by a click: functions with what they do, and the record's columns. */
export function FunctionHelp({
  columns,
  broken,
  insert,
}: {
  columns: readonly string[];
  broken: string | null;
  insert: (text: string, back?: number) => void;
}) {
  const { t, i18n } = useTranslation();
  const chip = { cursor: 'pointer', font: 'inherit', fontSize: 12 } as const;
  const ordered = [...columns].sort((a, b) => Number(b === broken) - Number(a === broken));
  return (
    <div className="small" style={{ marginTop: 8, display: 'grid', gap: 6 }}>
      <div className="row" style={{ gap: 6 }}>
        <span className="quiet">{t('desk.functions')}</span>
        {FUNCTIONS.map(([name, zh]) => {
          const word = i18n.language === 'en' ? name : zh;
          return (
            <button
              key={name}
              type="button"
              className="chip"
              style={chip}
              title={t(`desk.help.${name}`)}
              onClick={() => insert(`${word}()`, 1)}
            >
              {word}
            </button>
          );
        })}
      </div>
      <div className="row" style={{ gap: 6, maxHeight: 78, overflow: 'auto' }}>
        <span className="quiet">{t('desk.columns')}</span>
        {ordered.map((column) => (
          <button
            key={column}
            type="button"
            className={column === broken ? 'chip failed' : 'chip'}
            style={chip}
            onClick={() => insert(PLAIN.test(column) ? column : `[${column}]`)}
          >
            {column}
          </button>
        ))}
      </div>
    </div>
  );
}
