export * from './binding.ts';
export { loadTemplates, saveTemplate, type Template, type TemplateSet } from './template.ts';
export { type DerivedColumn, loadVocabulary, type Measure, type Vocabulary } from './vocabulary.ts';
