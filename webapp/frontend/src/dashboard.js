// Charts of the overview: elements with data-chart, data from the JSON script tag data-chart-source names.
// Each chart's figures also stand in a table of the page; here they are only drawn, again on every change of theme.
import * as echarts from 'echarts/core';
import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import { readJson } from './diagram/data.js';

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, SVGRenderer]);

const KINDS = { trend, durations };
const drawn = new Map();
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--gh-${name}`).trim();

const resized = new ResizeObserver(entries => {
  for (const { target } of entries) drawn.get(target)?.resize();
});

drawAll();
stayFresh();
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ['data-bs-theme'] });

// The page asks for changes by itself: not while somebody ticks rows or nobody looks, and what was unfolded stays so.
function stayFresh() {
  let unfolded = [];
  document.addEventListener('htmx:before:request', event => {
    if (event.target.matches?.('[data-watch-poll]') && (document.hidden || document.querySelector('main input[type=checkbox]:checked'))) event.preventDefault();
  });
  document.addEventListener('htmx:before:swap', () => { unfolded = [...document.querySelectorAll('main details[id][open]')].map(fold => fold.id); });
  document.addEventListener('htmx:after:swap', () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute('open', '');
    drawAll();
  });
}

function drawAll() {
  for (const [box, chart] of drawn) if (!box.isConnected) chart.dispose(), resized.unobserve(box), drawn.delete(box);
  for (const box of document.querySelectorAll('[data-chart]')) {
    drawn.get(box)?.dispose();
    const chart = echarts.init(box, null, { renderer: 'svg' });
    chart.setOption({ ...common(), ...KINDS[box.dataset.chart](readJson(box.dataset.chartSource)) });
    drawn.set(box, chart);
    resized.observe(box);
    box.dataset.ready = '1';
  }
}

function common() {
  return {
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    aria: { enabled: true },
    animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    animationDuration: 350,
    tooltip: {
      trigger: 'axis', transitionDuration: 0, backgroundColor: colour('surface'), borderColor: colour('line'),
      textStyle: { color: colour('ink'), fontSize: 13 },
    },
  };
}

function axis() {
  return {
    axisLine: { lineStyle: { color: colour('line') } },
    axisTick: { show: false },
    axisLabel: { color: colour('ink-2'), fontSize: 12 },
    splitLine: { lineStyle: { color: colour('line-2') } },
  };
}

function trend({ months, started, finished, days }) {
  const bar = (name, data) => ({ name, type: 'bar', data, barMaxWidth: 12, itemStyle: { borderRadius: [3, 3, 0, 0] } });
  return {
    color: [colour('chart-1'), colour('chart-2'), colour('chart-3')],
    legend: { top: 0, right: 0, itemWidth: 13, itemHeight: 8, textStyle: { color: colour('ink-2') } },
    grid: { left: 34, right: 34, top: 46, bottom: 24 },
    xAxis: { type: 'category', data: months, ...axis(), splitLine: { show: false } },
    yAxis: [
      { type: 'value', name: '件', nameTextStyle: { color: colour('ink-2'), align: 'right' }, minInterval: 1, ...axis(), axisLine: { show: false } },
      { type: 'value', name: '天', nameTextStyle: { color: colour('ink-2'), align: 'left' }, ...axis(), axisLine: { show: false }, splitLine: { show: false } },
    ],
    series: [
      bar('新受理', started),
      bar('办结', finished),
      { name: '中位办理（工作日）', type: 'line', yAxisIndex: 1, data: days, smooth: true, symbolSize: 6, lineStyle: { width: 2 } },
    ],
  };
}

function durations({ steps }) {
  const one = step => ({
    value: step.median,
    itemStyle: { color: step.limit && step.median > step.limit ? colour('chart-over') : colour('chart-1'), borderRadius: [0, 3, 3, 0] },
  });
  const label = ({ dataIndex, value }) => {
    const { limit } = steps[dataIndex];
    return limit ? `${value} 天${value > limit ? `（超出时限 ${limit} 天）` : ` / 时限 ${limit} 天`}` : `${value} 天`;
  };
  return {
    grid: { left: 4, right: 150, top: 6, bottom: 6, containLabel: true },
    tooltip: { show: false },
    xAxis: { type: 'value', show: false },
    yAxis: { type: 'category', inverse: true, data: steps.map(step => step.name), ...axis(), axisLine: { show: false } },
    series: [{
      name: '中位时长', type: 'bar', data: steps.map(one), barMaxWidth: 13,
      label: { show: true, position: 'right', formatter: label, color: colour('ink-2') },
    }],
  };
}
