import { assetCommands } from './assets.ts';
import { backupCommands } from './backup/commands.ts';
import { benchCommand } from './bench.ts';
import type { Command } from './command.ts';
import { demoCommand } from './demo/demo-command.ts';
import { dictionaryCommand } from './dictionary.ts';
import { doctorCommand } from './doctor.ts';
import { driftCommands } from './drift.ts';
import { matchingCommands } from './matching.ts';
import { quarantineCommands } from './quarantine.ts';
import { servingCommands } from './serve-postgres.ts';
import { sqlCommand } from './sql.ts';
import { startCommand } from './start.ts';
import { warehouseCommands } from './warehouse.ts';
import { xlsxCommands } from './xlsx.ts';

/** Every command of `bin/fillonce`, in the order of its help. */
export const commands: readonly Command[] = [
  startCommand,
  demoCommand,
  doctorCommand,
  benchCommand,
  sqlCommand,
  ...warehouseCommands,
  ...quarantineCommands,
  ...matchingCommands,
  ...driftCommands,
  ...assetCommands,
  dictionaryCommand,
  ...servingCommands,
  ...backupCommands,
  ...xlsxCommands,
];
