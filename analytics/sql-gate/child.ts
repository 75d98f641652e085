import { toErrorBody } from '../../core/errors.ts';
import type { ChildReply, ChildRequest } from './protocol.ts';
import { type SealedDatabase, sealDatabase } from './sealed-database.ts';

/*
 * The program of a query process. It serves one person, does one thing at a time and is thrown away after the first statement that it
 * carries out; the process that started it watches its memory and time and kills it when either is used up.
 */
let database: SealedDatabase | null = null;

// An orderly exit would wait for the statement that still runs.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (request: ChildRequest) => {
  answer(request).then(reply, (error: unknown) => reply({ kind: 'failed', error: toErrorBody(error) }));
});

function reply(message: ChildReply): void {
  process.send?.(message);
}

async function answer(request: ChildRequest): Promise<ChildReply> {
  if (request.kind === 'open') {
    database = await sealDatabase(request.grant, request.limits, request.folder);
    return { kind: 'opened' };
  }
  if (database === null) throw new Error('not opened');
  if (request.kind === 'check') {
    return { kind: 'checked', report: await database.check(request.statement, request.parameters) };
  }
  const { statement, parameters, limit, file } = request;
  return { kind: 'finished', report: await database.run(statement, parameters, limit, file) };
}
