import { FillOnceError } from '../core/index.ts';

/** A `binding.yaml` that cannot be used. */
export function bindingInvalid(file: string, problem: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.binding',
    status: 422,
    message: {
      zh: `报表绑定 ${file} 有误：${problem}。请改正后再载入模板。`,
      en: `The binding ${file} is wrong: ${problem}. Correct it and load the template again.`,
    },
    details: { where: file },
  });
}

/** No template of that id (and version) is loaded. */
export function templateUnknown(id: string, known: readonly string[]): FillOnceError {
  return new FillOnceError({
    code: 'templates.unknown',
    status: 404,
    message: {
      zh: `没有报表模板“${id}”。现有模板：${known.join('、') || '（无）'}。`,
      en: `There is no template '${id}'. Loaded: ${known.join(', ') || 'none'}.`,
    },
    details: { where: id },
  });
}

/** A template version is immutable once saved. */
export function templateExists(id: string, version: number): FillOnceError {
  return new FillOnceError({
    code: 'templates.exists',
    status: 409,
    message: {
      zh: `模板“${id}”第 ${version} 版已存在且不可改动；请以第 ${version + 1} 版保存。`,
      en: `Version ${version} of template '${id}' exists and cannot change; save it as version ${version + 1}.`,
    },
    details: { where: `${id}@${version}` },
  });
}

/** A workbook in which no table could be found. */
export function noForm(sheets: readonly string[]): FillOnceError {
  return new FillOnceError({
    code: 'templates.no_form',
    status: 422,
    message: {
      zh: `在工作表“${sheets.join('、')}”中没有找到表头；请确认上传的是上级下发的报表。`,
      en: `No table heading was found in ${sheets.join(', ')}; check that this is the upstream form.`,
    },
    details: { where: sheets.join(', ') },
  });
}

/** A place named in the binding that the template does not have. */
export function placeMissing(template: string, name: string): FillOnceError {
  return new FillOnceError({
    code: 'templates.place',
    status: 500,
    message: {
      zh: `模板“${template}”中没有定义名称“${name}”；请检查模板文件与绑定是否同一版本。`,
      en: `The template '${template}' has no defined name '${name}'; check that file and binding are of one version.`,
    },
    details: { where: `${template}: ${name}` },
  });
}
