import type { Command } from './command.ts';

/** Commands by their first word, in the order of the help. Each family is loaded when it is asked for: the platform takes a second to load. */
const FAMILIES: Readonly<Record<string, () => Promise<readonly Command[]>>> = {
  start: async () => [(await import('./start.ts')).startCommand],
  demo: async () => [(await import('./demo/demo-command.ts')).demoCommand],
  doctor: async () => [(await import('./doctor.ts')).doctorCommand],
  bench: async () => [(await import('./bench.ts')).benchCommand],
  sql: async () => [(await import('./sql.ts')).sqlCommand],
  warehouse: async () => [
    ...(await import('./warehouse.ts')).warehouseCommands,
    ...(await import('./serve-postgres.ts')).servingCommands,
  ],
  quarantine: async () => (await import('./quarantine.ts')).quarantineCommands,
  matching: async () => (await import('./matching.ts')).matchingCommands,
  drift: async () => (await import('./drift.ts')).driftCommands,
  task: async () => (await import('./task.ts')).taskCommands,
  assets: async () => (await import('./assets.ts')).assetCommands,
  dictionary: async () => [(await import('./dictionary.ts')).dictionaryCommand],
  backup: async () => (await import('./backup/commands.ts')).backupCommands.filter(({ name }) => name === 'backup'),
  restore: async () => (await import('./backup/commands.ts')).backupCommands.filter(({ name }) => name === 'restore'),
  xlsx: async () => (await import('./xlsx.ts')).xlsxCommands,
};

/** The commands that begin with a word; none for a word that begins no command. */
export async function commandsOf(word: string): Promise<readonly Command[]> {
  return Object.hasOwn(FAMILIES, word) ? FAMILIES[word]!() : [];
}

/** Every command of `bin/fillonce`, in the order of its help. */
export async function allCommands(): Promise<readonly Command[]> {
  return (await Promise.all(Object.values(FAMILIES).map((load) => load()))).flat();
}
