import { describe, expect, it } from 'vitest';
import { can, orgPath, type User, type UserId } from '../../core/index.ts';

const clerk: User = {
  id: 'user_1' as UserId,
  login: 'c05',
  name: '张三',
  roles: ['clerk'],
  scope: orgPath('310199/001/c05'),
  themes: ['housing'],
  sensitivity: 'personal',
};

describe('can', () => {
  it('holds a clerk to role, area, theme and sensitivity', () => {
    expect(can(clerk, 'task.answer', { org: '310199/001/c05/g03' })).toBe(true);
    expect(can(clerk, 'task.answer', { org: '310199/001/c050' })).toBe(false);
    expect(can(clerk, 'task.answer', { org: '310199/001' })).toBe(false);
    expect(can(clerk, 'task.review', { org: '310199/001/c05' })).toBe(false);
    expect(can(clerk, 'mart.read', { theme: 'population' })).toBe(false);
    expect(can(clerk, 'mart.read', { theme: 'housing', sensitivity: 'sensitive' })).toBe(false);
  });

  it('lets someone with two roles do what either may', () => {
    const both: User = { ...clerk, roles: ['clerk', 'duty'] };
    expect(can(both, 'incident.handle', { org: '310199/001/c05' })).toBe(true);
  });
});
