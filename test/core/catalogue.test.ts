import { describe, expect, it } from 'vitest';
import { loadCatalogue, THEMES } from '../../core/index.ts';

const catalogue = loadCatalogue();

describe('element catalogue', () => {
  it('covers the eight themes with at least 150 elements', () => {
    expect(catalogue.themes.map((entry) => entry.theme)).toEqual([...THEMES]);
    expect(catalogue.elements.length).toBeGreaterThanOrEqual(150);
  });

  it('names every element in Chinese and English, with an owner and at least one source', () => {
    for (const element of catalogue.elements) {
      expect(element.title.zh, element.id).not.toBe('');
      expect(element.title.en, element.id).not.toBe('');
      expect(element.owner, element.id).not.toBe('');
      expect(element.sources.length, element.id).toBeGreaterThan(0);
    }
  });

  it('has entity names that are unique across themes', () => {
    const names = catalogue.entities.map((entity) => entity.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('refuses a name it does not have', () => {
    expect(() => catalogue.element('population.person.face')).toThrow(/no element/);
  });
});
