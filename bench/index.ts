export { type ExcelBenchOptions, type ExcelFigure, excelBench } from './excel.ts';
export { type WarehouseBenchOptions, type WarehouseFigure, warehouseBench } from './warehouse.ts';
