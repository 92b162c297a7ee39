// Sends spans and log records with the OpenTelemetry SDK, as a program that was told so by its
// environment does, and prints one line of JSON: the ids that it made, and what became of the exports.
//
// usage: node send.js json|proto SPANS LOGS PAUSE_MS      packages: from the current folder
'use strict';

const path = require('node:path');
const {createRequire} = require('node:module');
const load = createRequire(path.join(process.cwd(), 'node_modules', 'x.js'));

const [encoding, spans, logs, pause] = process.argv.slice(2);
const kind = encoding === 'proto' ? 'proto' : 'http';
const {trace, SpanKind, context} = load('@opentelemetry/api');
const {BasicTracerProvider, BatchSpanProcessor} = load('@opentelemetry/sdk-trace-base');
const {LoggerProvider, BatchLogRecordProcessor} = load('@opentelemetry/sdk-logs');
const {OTLPTraceExporter} = load(`@opentelemetry/exporter-trace-otlp-${kind}`);
const {OTLPLogExporter} = load(`@opentelemetry/exporter-logs-otlp-${kind}`);
const {resourceFromAttributes} = load('@opentelemetry/resources');

const results = {exports: 0, failed: 0, errors: []};

// Passes on to `exporter`, and notes how each export ended.
function noted(exporter) {
  const inner = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    inner(items, (result) => {
      results.exports += 1;
      if (result.code !== 0) {
        results.failed += 1;
        results.errors.push(String(result.error));
      }
      done(result);
    });
  return exporter;
}

async function main() {
  const resource = resourceFromAttributes({'service.name': 'sender'});
  const batches = {maxExportBatchSize: 50, maxQueueSize: 100000, scheduledDelayMillis: 20};
  const tracing = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(noted(new OTLPTraceExporter()), batches)],
  });
  const logging = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({exporter: noted(new OTLPLogExporter()), ...batches})],
  });
  const tracer = tracing.getTracer('send');
  const logger = logging.getLogger('send');
  const ids = [];
  for (let i = 0; i < Number(spans); i += 1) {
    const span = tracer.startSpan(`chat ${i}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'model-x',
        'gen_ai.usage.input_tokens': i,
        'gen_ai.usage.output_tokens': 2,
      },
    });
    const {traceId, spanId} = span.spanContext();
    ids.push([traceId, spanId]);
    span.end();
    if (i % 10 === 9) await new Promise((wake) => setTimeout(wake, Number(pause)));
  }
  for (let i = 0; i < Number(logs); i += 1) {
    logger.emit({body: `line ${i}`, severityNumber: 9, attributes: {number: i}});
  }
  await tracing.forceFlush().catch((error) => results.errors.push(String(error)));
  await logging.forceFlush().catch((error) => results.errors.push(String(error)));
  await tracing.shutdown().catch(() => {});
  await logging.shutdown().catch(() => {});
  console.log(JSON.stringify({ids, ...results}));
}

main();
