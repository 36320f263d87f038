// Creates boxes with the published SDK, as an application does, and says what became of them.
//
//   node driver.mjs PACKAGE-DIRECTORY OPTIONS
//
// OPTIONS is JSON: home, registry (host:port), boxes (a list of the SDK's box options). Prints a line
// of JSON for each event: {"runtime":true}, {"box":INDEX,"id":...}, {"box":INDEX,"error":...}. Ends with
// its standard input: what the SDK's threads still have to log gets its time.
import { pathToFileURL } from "node:url";

const [directory, text] = process.argv.slice(2);
const options = JSON.parse(text);
const { JsBoxlite } = await import(
    pathToFileURL(`${directory}/node_modules/@boxlite-ai/boxlite/dist/index.js`)
);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const runtime = new JsBoxlite({
    homeDir: options.home,
    imageRegistries: [{ host: options.registry, transport: "http", search: true }],
});
say({ runtime: true });

// A box starts with the first command in it.
options.boxes.forEach(async (box, index) => {
    try {
        const created = await runtime.create({ image: "tiny:latest", ...box }, `box${index}`);
        say({ box: index, id: created.id });
        await created.exec("/bin/sh", ["-c", "true"]);
        say({ box: index, started: true });
    } catch (error) {
        say({ box: index, error: String(error.message ?? error) });
    }
});
process.stdin.on("end", () => process.exit(0)).resume();
