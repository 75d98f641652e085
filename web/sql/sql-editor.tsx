import { acceptCompletion, autocompletion, type CompletionSource, closeCompletion } from '@codemirror/autocomplete';
import { insertNewlineKeepIndent, isolateHistory } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { diagnosticCount, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import { keymap, lineNumbers, placeholder } from '@codemirror/view';
import { EditorView, minimalSetup } from 'codemirror';
import type { TFunction } from 'i18next';
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SqlSchema } from '../api-types.ts';
import { complete, type Language } from './completion.ts';
import type { Mark } from './mark.ts';
import { sqlLanguage } from './sql-language.ts';

/** What the screen around the editor may do to its text; every change can be undone with Ctrl+Z. */
export interface SqlEditorHandle {
  /** What is selected there. */
  selected(): string;
  /** Puts a word in at the caret, with spaces where it would run into its neighbours. */
  insert(word: string): void;
  goTo(position: number, length: number): void;
}

/** A mark with what is wrong there. */
export interface Wrong extends Mark {
  readonly message: string;
}

/** A field for a statement. Tab leaves it unless a list of words is open, which Escape closes. */
export function SqlEditor(props: {
  value: string;
  change: (statement: string) => void;
  marks: readonly Wrong[];
  schema: SqlSchema;
  run: () => void;
  handle: Ref<SqlEditorHandle>;
}) {
  const { value, marks, handle } = props;
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'zh';
  const latest = useRef({ ...props, t, language });
  latest.current = { ...props, t, language };
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  /** Texts that were told and have not come back as `value` yet: typing may be ahead of it. */
  const told = useRef<string[]>([]);
  const [words] = useState(() => new Compartment());

  useLayoutEffect(() => {
    const offer: CompletionSource = ({ state, pos, explicit }) => {
      const { schema, language: inLanguage, t: say } = latest.current;
      const found = complete(state.doc.toString(), pos, schema, { language: inLanguage, asked: explicit });
      if (found === null) return null;
      const options = found.items.map(({ kind, insert, name, meaning }) => ({
        label: name,
        detail: meaning || say(`sql.kind.${kind}`),
        apply: insert,
      }));
      return { from: found.from, options, filter: false };
    };
    const view = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          Prec.highest(keymap.of(RUN_KEYS.map((key) => ({ key, run: ask })))),
          autocompletion({ override: [offer], icons: false, interactionDelay: 0 }),
          keymap.of([
            { key: 'Tab', run: acceptCompletion },
            { key: 'Enter', run: insertNewlineKeepIndent },
          ]),
          sqlLanguage(),
          bracketMatching(),
          lineNumbers(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of(({ state }) => ({ 'aria-invalid': String(diagnosticCount(state) > 0) })),
          EditorView.updateListener.of(({ docChanged, state }) => {
            const statement = state.doc.toString();
            if (!docChanged || statement === (told.current.at(-1) ?? latest.current.value)) return;
            told.current.push(statement);
            latest.current.change(statement);
          }),
          words.of(worded(latest.current.t)),
          minimalSetup,
        ],
      }),
    });
    function ask(): boolean {
      closeCompletion(view);
      latest.current.run();
      return true;
    }
    editor.current = view;
    return () => view.destroy();
  }, [words]);

  useEffect(() => editor.current?.dispatch({ effects: words.reconfigure(worded(t)) }), [t, words]);

  // After every drawing: a text that comes back is no news, and one that does not was opened from outside.
  useLayoutEffect(() => {
    const { state } = editor.current!;
    told.current = told.current.slice(told.current.lastIndexOf(value) + 1);
    if (told.current.length > 0 || state.doc.toString() === value) return;
    editor.current!.dispatch({
      changes: { from: 0, to: state.doc.length, insert: value },
      annotations: isolateHistory.of('full'),
    });
  });

  useEffect(() => {
    const { state } = editor.current!;
    const end = state.doc.length;
    const wrong = marks.map(({ position, length, message }) => ({
      from: Math.min(position, end),
      to: Math.min(position + length, end),
      severity: 'error' as const,
      message,
    }));
    if (wrong.length > 0 || diagnosticCount(state) > 0) editor.current!.dispatch(setDiagnostics(state, wrong));
  }, [marks]);

  useImperativeHandle(handle, () => ({
    selected: () => {
      const { state } = editor.current!;
      return state.sliceDoc(state.selection.main.from, state.selection.main.to);
    },
    insert: (word) => {
      const view = editor.current!;
      const { from, to } = view.state.selection.main;
      const before = /[\p{L}\p{N}_"]$/u.test(view.state.sliceDoc(0, from)) ? ' ' : '';
      const after = /^[\p{L}\p{N}_"]/u.test(view.state.sliceDoc(to)) ? ' ' : '';
      const put = `${before}${word}${after}`;
      view.dispatch({
        changes: { from, to, insert: put },
        selection: { anchor: from + put.length },
        annotations: isolateHistory.of('full'),
        scrollIntoView: true,
      });
      view.focus();
    },
    goTo: (position, length) => {
      const view = editor.current!;
      const end = view.state.doc.length;
      view.dispatch({
        selection: { anchor: Math.min(position, end), head: Math.min(position + length, end) },
        scrollIntoView: true,
      });
      view.focus();
    },
  }));

  return <div className="sql-editor" ref={place} />;
}

const RUN_KEYS = ['Ctrl-Enter', 'Meta-Enter'];

/** What is said in and about the field. */
function worded(t: TFunction): Extension {
  return [
    EditorView.contentAttributes.of({
      'aria-label': t('sql.statement'),
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    placeholder(t('sql.placeholder')),
    EditorState.phrases.of({ Completions: t('sql.completion') }),
  ];
}
