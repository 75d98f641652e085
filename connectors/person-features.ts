import type { Json } from '../core/json.ts';

/** GA/T 1400 objects and lists of faces and persons: `FaceListObject`, `PersonObject`, … */
const FACE_OR_PERSON = /^(face|person)\w*(object|list)/i;
/** What other vendors call a template of a person. */
const FEATURE =
  /feature|embedding|biometr|face_?(id|image|url|pic)|person_?(id|name|image)|id_?card|id_?number|sub_?image/i;
const IMAGE = /thumbnail|snapshot|image|picture|jpe?g/i;
/** Frigate writes the recognised person's name here. */
const RECOGNISED = /^(sub_label|recognized_face)$/i;

const DEPTH_LIMIT = 32;
/** An address or a flag is shorter; a picture in base64 is not. */
const PICTURE_CHARACTERS = 256;

/**
 * True for a camera message that carries faces, persons' features or pictures. Such a message is refused as a whole:
 * nothing of it is stored or logged. A message too deep to be looked through counts as one.
 */
export function carriesPersons(message: Json | undefined, depth = 0): boolean {
  if (typeof message !== 'object' || message === null) return false;
  if (depth > DEPTH_LIMIT) return true;
  if (Array.isArray(message)) return message.some((item) => carriesPersons(item, depth + 1));
  return Object.entries(message).some(([key, value]) => {
    if (FACE_OR_PERSON.test(key)) return true;
    if (FEATURE.test(key) && isPresent(value)) return true;
    if (RECOGNISED.test(key) && isPresent(value)) return true;
    if (IMAGE.test(key) && typeof value === 'string' && value.length > PICTURE_CHARACTERS) return true;
    if (key === 'label' && value === 'face') return true;
    return carriesPersons(value, depth + 1);
  });
}

function isPresent(value: Json | undefined): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}
