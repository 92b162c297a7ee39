// Reads requests of OTLP/JSON, one a line, into the protobuf classes of OpenTelemetry; packs and unpacks
// them; and prints them again as JSON. What the classes do not know is lost on the way.
//
// usage: SDK_FOLDER=... node otlp_decode.js <trail.jsonl
"use strict";

const path = require("path");
const fs = require("fs");

const modules = path.join(process.env.SDK_FOLDER, "node_modules");
const root = require(path.join(modules, "@opentelemetry/otlp-transformer/build/src/generated/root"));
const Request = root.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;

// In OTLP/JSON ids are hexadecimal, where protobuf's own JSON has base64.
function idsAsBytes(request) {
  for (const resource of request.resourceLogs) {
    for (const scope of resource.scopeLogs) {
      for (const record of scope.logRecords) {
        for (const name of ["traceId", "spanId"]) {
          if (name in record) record[name] = Buffer.from(record[name], "hex");
        }
      }
    }
  }
  return request;
}

for (const line of fs.readFileSync(0, "utf8").split("\n")) {
  if (line === "") continue;
  const packed = Request.encode(Request.fromObject(idsAsBytes(JSON.parse(line)))).finish();
  const read = Request.toObject(Request.decode(packed), { longs: String });
  for (const resource of read.resourceLogs) {
    for (const scope of resource.scopeLogs) {
      for (const record of scope.logRecords) {
        for (const name of ["traceId", "spanId"]) {
          if (name in record) record[name] = Buffer.from(record[name]).toString("hex");
        }
      }
    }
  }
  process.stdout.write(JSON.stringify(read) + "\n");
}
