export { type ExcelBenchOptions, type ExcelFigure, excelBench } from './excel.ts';
