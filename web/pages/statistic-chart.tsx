import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { StatisticTable } from '../api-types.ts';
import { said } from '../texts/i18n.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const COLOURS = ['#1258b8', '#2c9a68', '#e3a53c', '#8a63d2', '#d2554a', '#4aa3c7'];

/** A statistic as bars or lines over its dimensions; suppressed values leave a gap. */
export function StatisticChart({ table }: { table: StatisticTable }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chart = init(host.current!);
    const depth = table.dimensions.length;
    chart.setOption({
      color: COLOURS,
      animation: false,
      tooltip: { trigger: 'axis' },
      legend: { top: 0 },
      grid: { left: 8, right: 8, top: 40, bottom: 8, containLabel: true },
      xAxis: {
        type: 'category',
        // The last dimension tells bars apart; the table below has all of them.
        data: table.rows.map((row) => String(row[depth - 1] ?? '')),
        axisLabel: { interval: 'auto', rotate: table.rows.length > 8 ? 30 : 0, width: 110, overflow: 'truncate' },
      },
      yAxis: { type: 'value' },
      series: table.measures.map((measure, i) => ({
        name: said(measure.title),
        type: table.chart === 'line' ? 'line' : 'bar',
        barMaxWidth: 34,
        data: table.rows.map((row) => row[depth + i] ?? null),
      })),
    });
    const resized = new ResizeObserver(() => chart.resize());
    resized.observe(host.current!);
    return () => {
      resized.disconnect();
      chart.dispose();
    };
  }, [table]);
  return <div ref={host} role="img" aria-label={said(table.title)} style={{ height: 320, marginBottom: 16 }} />;
}
