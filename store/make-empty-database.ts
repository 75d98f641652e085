// Makes the empty database from which new ones are unpacked, so that no start and no test waits for initdb.
import { makeEmptyDatabase } from './empty-database.ts';

await makeEmptyDatabase();
