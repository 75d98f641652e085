import type { ThemeConfig } from 'antd';

/** Colours and measures of the screens; `app.css` has the same values for what is not Ant Design. */
export const theme: ThemeConfig = {
  token: {
    colorPrimary: '#1258b8',
    colorLink: '#1258b8',
    colorSuccess: '#18794e',
    colorWarning: '#a15c00',
    colorError: '#b42318',
    colorText: '#15202e',
    colorTextSecondary: '#5b6675',
    colorBorderSecondary: '#e6ebf1',
    borderRadius: 6,
    fontSize: 14,
    fontFamily:
      "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'WenQuanYi Micro Hei', 'Helvetica Neue', Arial, sans-serif",
  },
  components: {
    Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    Segmented: { trackBg: '#e4e9f0' },
  },
};
