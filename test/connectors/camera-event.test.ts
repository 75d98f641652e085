import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCameraMessage } from '../../connectors/camera-event.ts';

const NOW = new Date('2026-11-22T01:30:00Z');
const read = (topic: string, message: unknown) =>
  readCameraMessage(topic, Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), NOW);

const onvif = {
  UtcTime: '2026-11-22T01:29:59Z',
  Source: { VideoSource: 'v', AnalyticsConfiguration: 'a', Rule: 'r' },
  Data: { Count: 3 },
};
const frigate = {
  type: 'update',
  before: null,
  after: {
    id: '1795310999.1-abc',
    camera: 'C2',
    label: 'person',
    score: 0.7,
    top_score: 0.81,
    start_time: Date.parse('2026-11-22T01:29:00Z') / 1000 + 0.4,
    end_time: null,
    current_zones: ['Z1'],
    entered_zones: ['Z1', 'Z2'],
    stationary: false,
    sub_label: null,
  },
};

describe('a message becomes a camera event', () => {
  test('from ONVIF', () => {
    expect(read('onvif-ej/C1/RuleEngine/CountAggregation/Counter', onvif)).toEqual({
      event: {
        eventId: expect.stringMatching(/^[0-9a-f]{32}$/),
        cameraCode: 'C1',
        eventType: 'crowding',
        label: null,
        score: null,
        objectCount: 3,
        zoneCode: null,
        startedAt: '2026-11-22T09:29:59+08:00',
        endedAt: null,
        protocol: 'onvif',
        receivedAt: '2026-11-22T09:30:00+08:00',
      },
    });
  });

  test('from Frigate', () => {
    expect(read('frigate/events', frigate)).toEqual({
      event: {
        eventId: '1795310999.1-abc',
        cameraCode: 'C2',
        eventType: 'intrusion',
        label: 'person',
        score: 0.81,
        objectCount: 1,
        zoneCode: 'Z1',
        startedAt: '2026-11-22T09:29:00+08:00',
        endedAt: null,
        protocol: 'frigate',
        receivedAt: '2026-11-22T09:30:00+08:00',
      },
    });
  });

  test.each([
    ['FieldDetector/ObjectsInside', 'intrusion'],
    ['LineDetector/Crossed', 'line_crossing'],
    ['GlobalSceneChange', 'tampering'],
    ['FireLaneOccupied', 'fire_lane'],
    ['AbandonedObject', 'abandoned'],
    ['IllegalParking', 'illegal_parking'],
    ['SomethingElse', 'SomethingElse'],
  ])('rule %s is %s', (rule, eventType) => {
    expect(read(`onvif-ej/C1/RuleEngine/${rule}`, onvif)).toMatchObject({ event: { eventType } });
  });

  test('the same happening has the same id each time it is told', () => {
    const id = (message: unknown) => {
      const result = read('onvif-ej/C1/RuleEngine/LineDetector', message);
      return 'event' in result ? result.event.eventId : null;
    };
    expect(id({ ...onvif, Data: { Count: 4 } })).toBe(id(onvif));
    expect(id({ ...onvif, UtcTime: '2026-11-22T01:30:00Z' })).not.toBe(id(onvif));
  });

  test('but not when it only says that a state is over', () => {
    expect(read('onvif-ej/C1/RuleEngine/FieldDetector', { ...onvif, Data: { IsInside: false } })).toEqual({
      ended: true,
    });
  });
});

describe('a message is refused', () => {
  test.each([
    ['a list of faces', { FaceListObject: { FaceObject: [{ FaceID: 'x' }] } }],
    ['a list of persons', { PersonListObject: { PersonObject: [] } }],
    ['a face deep inside', { ...onvif, Data: { Count: 1, Extension: [{ FaceObject: {} }] } }],
    ['a feature vector', { ...onvif, Data: { FeatureInfo: { FeatureData: 'AAAA' } } }],
    ['a recognised person', { ...frigate, after: { ...frigate.after, sub_label: ['张三', 0.9] } }],
    ['a picture', { ...frigate, after: { ...frigate.after, thumbnail: 'A'.repeat(1000) } }],
    ['a face as an object', { ...frigate, after: { ...frigate.after, label: 'face' } }],
    ['more depth than anyone needs', JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`)],
  ])('for %s', (_, message) => {
    expect(read('frigate/events', message)).toEqual({ refused: 'persons' });
    expect(read('onvif-ej/C1/RuleEngine/x', message)).toEqual({ refused: 'persons' });
  });

  test.each([
    ['no JSON', 'frigate/events', 'off', 'malformed'],
    ['no text', 'frigate/events', '\xff', 'malformed'],
    ['another shape', 'frigate/events', { type: 'new' }, 'shape'],
    ['another shape of ONVIF', 'onvif-ej/C1/RuleEngine/x', { UtcTime: 'yesterday' }, 'shape'],
    ['a topic that is not agreed', 'onvif-ej/C1', onvif, 'topic'],
    ['its size', 'frigate/events', `"${'x'.repeat(300_000)}"`, 'large'],
  ])('for %s', (_, topic, message, refused) => {
    expect(read(topic, message)).toEqual({ refused });
  });

  test('or read, whatever it holds, without throwing', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('frigate/events', 'onvif-ej/C1/RuleEngine/x', 'y'),
        (message, topic) => {
          expect(read(topic, { ...frigate, after: { ...frigate.after, extra: message } })).toBeDefined();
          expect(read(topic, JSON.stringify(message))).toBeDefined();
        },
      ),
    );
  });
});
