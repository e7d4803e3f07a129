// Are numbers shown as counted, and strange ones dropped without a failure?
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type PrometheusMetrics, prometheusMetrics } from './prometheus-metrics.ts';

function metricsFor(t: TestContext): PrometheusMetrics {
  const metrics = prometheusMetrics();
  t.after(() => metrics.close());
  return metrics;
}

test('learns a metric and its labels when it is first used', async (t) => {
  const metrics = metricsFor(t);
  metrics.count('sold_total', { sku: 'a' });
  metrics.count('sold_total', { sku: 'a' }, 2);
  metrics.gauge('backlog', 7);
  metrics.observe('took_seconds', 0.06, { route: '/' });
  const text = await metrics.text();
  assert.match(text, /^sold_total\{sku="a"\} 3$/m);
  assert.match(text, /^backlog 7$/m);
  assert.match(text, /^took_seconds_bucket\{le="0.05",route="\/"\} 0$/m);
  assert.match(text, /^took_seconds_bucket\{le="0.075",route="\/"\} 1$/m);
});

test('drops and counts other labels, another kind, a taken name and a name that is none', async (t) => {
  const metrics = metricsFor(t);
  metrics.count('sold_total', { sku: 'a' });
  metrics.count('sold_total', { color: 'red' });
  metrics.gauge('sold_total', 1, { sku: 'a' });
  metrics.count('process_cpu_seconds_total');
  metrics.count('no name');
  assert.match(await metrics.text(), /^offshoot_metrics_dropped_total 4$/m);
});

test('counts into one series, whether its labels come with each value or once', async (t) => {
  const metrics = metricsFor(t);
  metrics.observe('took_seconds', 0.06, { route: '/', method: 'GET' });
  const observe = metrics.observer('took_seconds', { method: 'GET', route: '/' });
  observe(0.06);
  observe(20);
  metrics.observer('took_seconds', { color: 'red' })(1);
  const text = await metrics.text();
  assert.match(text, /^# TYPE took_seconds histogram$/m);
  assert.match(text, /^took_seconds_bucket\{le="10",route="\/",method="GET"\} 2$/m);
  assert.match(text, /^took_seconds_bucket\{le="\+Inf",route="\/",method="GET"\} 3$/m);
  assert.match(text, /^took_seconds_sum\{route="\/",method="GET"\} 20.12$/m);
  assert.match(text, /^took_seconds_count\{route="\/",method="GET"\} 3$/m);
  assert.match(text, /^offshoot_metrics_dropped_total 1$/m);
});

test('trap 43: keeps at most a thousand series of one metric', async (t) => {
  const metrics = metricsFor(t);
  for (let n = 0; n < 1_005; n += 1) metrics.count('sold_total', { sku: `s${n}` });
  const text = await metrics.text();
  assert.match(text, /^offshoot_metrics_dropped_total 5$/m);
  assert.equal(text.match(/^sold_total\{/gm)?.length, 1_000);
});
