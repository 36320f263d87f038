// As app.py.
import { readFileSync } from "node:fs";
import { JsBoxlite } from "@boxlite-ai/boxlite";

const runtime = new JsBoxlite({
    imageRegistries: [{ host: process.env.REGISTRY, transport: "http", search: true }],
});
const rules = readFileSync(new URL("rules.txt", import.meta.url), "utf8").trim().split("\n");
const network = process.env.UNPACK
    ? { mode: "disabled" }
    : { mode: "enabled", allowNet: rules };
const box = await runtime.create({ image: "tiny:latest", network });
console.log(process.pid, box.id);
await box.exec("/bin/sh", ["-c", "true"]);
