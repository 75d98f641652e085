import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { FillOnceError, toErrorBody } from '../core/errors.ts';
import { inspectInWorker, openWorkbook, type Row, type SheetToWrite, writeWorkbook } from '../templates/xlsx/index.ts';
import type { Command, CommandContext } from './command.ts';
import { badFile, missingArgument } from './errors.ts';
