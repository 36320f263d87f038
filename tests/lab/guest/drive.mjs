// Boxes by the Node.js SDK, as the file JOB says (see boxes.py); what happens is printed as records,
// "@@ {JSON}" a line. The same as drive.py does with the Python SDK.
import { createRequire } from 'module';
import { spawnSync } from 'child_process';
import fs from 'fs';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const load = createRequire(`${job.sdk}/package.json`);
const { JsBoxlite } = await import(load.resolve('@boxlite-ai/boxlite'));
const runtime = new JsBoxlite({
    homeDir: job.home,
    imageRegistries: [{ host: '127.0.0.1:5000', transport: 'http', search: true }],
});

function tell(box, event, what) {
    console.log('@@ ' + JSON.stringify({ scenario: job.scenario, box, event, ...what }));
}

async function execute(box, command) {
    const execution = await box.exec('/bin/sh', ['-c', command], null, false);
    const read = async (open) => {
        let text = '';
        try {
            const stream = await open();
            for (let line; (line = await stream.next()) !== null;) text += line;
        } catch (error) { // Of a stream without output; else what it says is not whole.
            if (text) throw error;
        }
        return text;
    };
    const [output] = await Promise.all([read(() => execution.stdout()), read(() => execution.stderr())]);
    const { exitCode } = await execution.wait();
    return { output, exitCode };
}

async function use(number, box) {
    for (const command of job.commands) {
        tell(number, 'output', await execute(box, command));
    }
}

// Boxes that are to run at once boot in turn: each has boxlite's 30 s for it, and the processor to itself. None is
// used before the last is up.
let lastTurn = Promise.resolve();

function inTurn(boot) {
    const turn = lastTurn.then(boot);
    lastTurn = turn.catch(() => {});
    return turn;
}

async function one(number) {
    let box;
    try {
        const options = {
            image: 'tiny:latest', cpus: 1, memoryMib: 256, autoRemove: false, detach: job.leave,
            network: { mode: 'enabled', allowNet: job.rules },
        };
        if (!job.jailed) options.security = { jailerEnabled: false, seccompEnabled: false };
        if (job.secrets) options.secrets = job.secrets;
        await inTurn(async () => {
            box = await runtime.create(options);
            tell(number, 'created', { id: box.id });
            await box.start();
            tell(number, 'started');
        });
        await lastTurn;
        await use(number, box);
        if (job.restart) {
            await box.stop();
            box = await runtime.get(box.id);
            await box.start();
            tell(number, 'started again');
            await use(number, box);
        }
    } catch (error) {
        tell(number, 'error', { message: String(error.message ?? error) });
        if (box) spawnSync('sh', ['remains.sh', `${job.home}/boxes/${box.id}`], { stdio: 'inherit' });
    }
    if (job.leave) {
        fs.writeFileSync('left', box?.id ?? '');
        return;
    }
    if (job.hold) {
        tell(number, 'held');
        await new Promise(() => setInterval(() => {}, 1000));
    }
    try {
        if (box) {
            await box.stop();
            if (!job.keep) await runtime.remove(box.id, true);
        }
    } catch (error) {
        tell(number, 'stop', { message: String(error.message ?? error) });
    }
}

if (job.takes_over) {
    const box = await runtime.get(fs.readFileSync('left', 'utf8'));
    await use(0, box);
    await box.stop();
    await runtime.remove(box.id, true);
} else if (job.parallel) {
    await Promise.all([...Array(job.boxes).keys()].map(one));
} else {
    for (let number = 0; number < job.boxes; number++) await one(number);
}
tell(0, 'over');
process.exit(0);
