import { FillOnceError } from '../core/errors.ts';

export function cityDidNotStart(detail: string): FillOnceError {
  return new FillOnceError({
    code: 'city.start',
    status: 500,
    message: {
      zh: `模拟街道进程未能启动：${detail}。请查看上方输出；若提示缺少 dist/，请先运行 npm run build。`,
      en: `The simulated subdistrict did not start: ${detail}. See its output above; if dist/ is missing, run npm run build first.`,
    },
    details: { where: 'city' },
  });
}

export function cityRefused(path: string, status: number, text: string): FillOnceError {
  return new FillOnceError({
    code: 'city.control',
    status,
    message: {
      zh: `模拟街道拒绝了 ${path}：${text}。请检查参数后重试。`,
      en: `The simulated subdistrict refused ${path}: ${text}. Check the parameters and try again.`,
    },
    details: { where: path },
  });
}

export function badOption(option: string, value: string): FillOnceError {
  return new FillOnceError({
    code: 'city.option',
    status: 400,
    message: {
      zh: `模拟街道的参数 ${option} 不能是“${value}”。用法见 city/README.md。`,
      en: `Option ${option} of the simulated subdistrict cannot be '${value}'. See city/README.md.`,
    },
    details: { where: option },
  });
}

export function unknownEntity(entity: string): FillOnceError {
  return new FillOnceError({
    code: 'city.entity',
    status: 404,
    message: {
      zh: `模拟街道没有名为“${entity}”的实体。`,
      en: `The simulated subdistrict has no entity '${entity}'.`,
    },
    details: { where: entity },
  });
}
