export * from './binding.ts';
export {
  type ExportInput,
  type ExportRow,
  type ExportUnit,
  type ExportValue,
  exportFill,
  groupPeriods,
  layoutOptions,
  measureColumn,
  type TextValues,
} from './export-fill.ts';
export type { FormDifference } from './form-difference.ts';
export type { FormColumn, FormLayout } from './form-layout.ts';
export type { FormLine } from './form-lines.ts';
export { type LayoutDifference, type LayoutOptions, layoutDifferences } from './layout.ts';
export { ACCEPT, accepted, type Match, type Moment, type Suggestion } from './matching.ts';
export { countsSql, type MeasureCounts } from './measure-sql.ts';
export { createRecogniser, type Recogniser, type Recognition, type TemplateMatch } from './recognition.ts';
export { loadTemplates, saveTemplate, type Template, type TemplateSet } from './template.ts';
export { type DerivedColumn, loadVocabulary, type Measure, type Vocabulary } from './vocabulary.ts';
