import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../core/paths.ts';

export interface CompiledWorker {
  readonly folder: string;
  readonly workerFile: string;
  remove(): Promise<void>;
}

/** The reading process runs compiled code; here it is compiled from the source under test, not taken from a build. */
export async function compileWorker(): Promise<CompiledWorker> {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-worker-'));
  const root = packageRoot();
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        rootDir: root,
        outDir: join(folder, 'out'),
        sourceMap: false,
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: [join(root, 'templates/xlsx/safe-worker.ts')],
      include: [],
    }),
  );
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(folder, 'tsconfig.json')]);
  return {
    folder,
    workerFile: join(folder, 'out/templates/xlsx/safe-worker.js'),
    remove: () => rm(folder, { recursive: true }),
  };
}
