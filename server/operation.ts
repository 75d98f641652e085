import { z } from '@hono/zod-openapi';
import { errorBody } from './schema/vocabulary.ts';

const problem = (description: string) => ({
  description,
  content: { 'application/json': { schema: errorBody } },
});

/** The errors that any operation may answer with; the body is always `ErrorBody`. */
export const PROBLEMS = {
  400: problem('The request is wrong'),
  401: problem('Nobody is signed in'),
  403: problem('Not allowed'),
  404: problem('Not there, or outside the scope'),
  409: problem('Somebody else changed it, or its state does not allow it'),
  413: problem('Too large'),
  429: problem('Too many attempts'),
  500: problem('Internal error'),
  503: problem('Not ready; try again'),
} as const;

/** The responses of an operation that answers 200 with JSON. */
export function answers<Body extends z.ZodType>(schema: Body, description: string) {
  return { 200: { description, content: { 'application/json': { schema } } }, ...PROBLEMS } as const;
}

/** A JSON request body. */
export function takes<Body extends z.ZodType>(schema: Body) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}

export const idParam = z.object({
  id: z
    .string()
    .min(1)
    .max(100)
    .openapi({ param: { name: 'id', in: 'path' } }),
});
