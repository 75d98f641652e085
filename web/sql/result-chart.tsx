import { Segmented, Select } from 'antd';
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SqlPage } from '../api-types.ts';
import { Empty } from '../parts/screen-states.tsx';
import { grouped } from '../parts/times.ts';
import { asNumber, CHART_KINDS, type ChartChoice, type ChartKind, isNumber, likelyChart } from './chart-choice.ts';
import { shown } from './column-width.ts';

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const COLOURS = ['#1258b8', '#2c9a68', '#e3a53c', '#8a63d2', '#d2554a', '#4aa3c7', '#7cc6a3', '#97790a'];
/** Slices beyond which a circle says nothing. */
const MOST_SLICES = 20;
const MOST_MEASURES = 6;

/** The first rows of a result as bars, lines or a circle over columns that one chooses. */
export function ResultChart({ page }: { page: SqlPage }) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<ChartChoice | null>(() => likelyChart(page.columns));
  if (choice === null) return <Empty tight title={t('sql.chart.noNumbers')} next={t('sql.chart.noNumbersNext')} />;
  const options = page.columns.map((column, i) => ({ value: i, label: column.name }));
  const numbers = options.filter(({ value }) => isNumber(page.columns[value]!));
  const drawn = choice.kind === 'pie' ? Math.min(page.items.length, MOST_SLICES) : page.items.length;
  return (
    <div className="sql-chart">
      <div className="row">
        <Segmented<ChartKind>
          value={choice.kind}
          aria-label={t('sql.chart.kind')}
          options={CHART_KINDS.map((kind) => ({ value: kind, label: t(`sql.chart.${kind}`) }))}
          onChange={(kind) => setChoice({ ...choice, kind, y: kind === 'pie' ? choice.y.slice(0, 1) : choice.y })}
        />
        <span className="row">
          <span className="quiet">{t('sql.chart.x')}</span>
          <Select
            aria-label={t('sql.chart.x')}
            style={{ minWidth: 130 }}
            showSearch={{ optionFilterProp: 'label' }}
            value={choice.x}
            options={options}
            onChange={(x) => setChoice({ ...choice, x })}
          />
        </span>
        <span className="row">
          <span className="quiet">{t('sql.chart.y')}</span>
          <Select<number[]>
            aria-label={t('sql.chart.y')}
            mode="multiple"
            maxCount={choice.kind === 'pie' ? 1 : MOST_MEASURES}
            style={{ minWidth: 160 }}
            value={[...choice.y]}
            options={numbers}
            onChange={(y) => setChoice({ ...choice, y })}
          />
        </span>
        {drawn < page.total && (
          <span className="quiet small">{t('sql.chart.first', { n: grouped(drawn), total: grouped(page.total) })}</span>
        )}
      </div>
      {choice.y.length === 0 ? <Empty tight title={t('sql.chart.chooseY')} /> : <Canvas page={page} choice={choice} />}
    </div>
  );
}

function Canvas({ page, choice }: { page: SqlPage; choice: ChartChoice }) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chart = init(host.current!);
    chart.setOption(choice.kind === 'pie' ? pie(page, choice, t('blank')) : axes(page, choice, t('blank')));
    const resized = new ResizeObserver(() => chart.resize());
    resized.observe(host.current!);
    return () => {
      resized.disconnect();
      chart.dispose();
    };
  }, [page, choice, t]);
  const names = choice.y.map((i) => page.columns[i]?.name).join('、');
  return (
    <div
      ref={host}
      className="sql-canvas"
      role="img"
      aria-label={t('sql.chart.of', { y: names, x: page.columns[choice.x]?.name ?? '' })}
    />
  );
}

function axes(page: SqlPage, { kind, x, y }: ChartChoice, blank: string) {
  return {
    color: COLOURS,
    animation: false,
    tooltip: { trigger: 'axis' },
    legend: { top: 0 },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
    xAxis: {
      type: 'category',
      data: page.items.map((row) => shown(row[x]) || blank),
      axisLabel: { interval: 'auto', rotate: page.items.length > 10 ? 30 : 0, width: 110, overflow: 'truncate' },
    },
    yAxis: { type: 'value' },
    series: y.map((i) => ({
      name: page.columns[i]?.name ?? '',
      type: kind === 'line' ? 'line' : 'bar',
      barMaxWidth: 34,
      showSymbol: page.items.length <= 60,
      data: page.items.map((row) => asNumber(row[i])),
    })),
  };
}

function pie(page: SqlPage, { x, y }: ChartChoice, blank: string) {
  const [measure = 0] = y;
  return {
    color: COLOURS,
    animation: false,
    tooltip: { trigger: 'item', formatter: '{b}: {c} ({d}%)' },
    legend: { type: 'plain', orient: 'vertical', right: 16, top: 'middle' },
    series: [
      {
        type: 'pie',
        radius: ['38%', '72%'],
        center: ['40%', '50%'],
        name: page.columns[measure]?.name ?? '',
        label: { formatter: '{b} {d}%' },
        data: page.items.slice(0, MOST_SLICES).flatMap((row) => {
          const value = asNumber(row[measure]);
          return value === null || value < 0 ? [] : [{ name: shown(row[x]) || blank, value }];
        }),
      },
    ],
  };
}
