// Runs the task that the command names: `tasks` has a function each. Status 77: this driver cannot do that.
module.exports = (version, tasks) => {
    const task = process.argv[2];
    if (task === "version") {
        console.log(version);
    } else if (!tasks[task]) {
        process.exit(77);
    } else {
        tasks[task]().catch((error) => {
            console.error(error);
            process.exit(1);
        });
    }
};

module.exports.ROWS = Number(process.env.ROWS || 100);

// Fails unless what a driver gave is what is in the database.
module.exports.expect = (found, wanted) => {
    const text = JSON.stringify(found);
    if (text !== JSON.stringify(wanted)) {
        throw new Error(`${text} instead of ${JSON.stringify(wanted)}`);
    }
};

module.exports.fails = async (code, promise) => {
    try {
        await promise;
    } catch (error) {
        const found = error.code ?? error.cause?.code ?? error.cause?.cause?.code;
        if (found === code) return;
        throw error;
    }
    throw new Error(`${code} was expected`);
};

// The version of a package, which need not offer its package.json.
module.exports.versionOf = (name) => {
    const path = require("node:path").join(process.env.NODE_PATH, name, "package.json");
    return `${name} ${JSON.parse(require("node:fs").readFileSync(path, "utf8")).version}`;
};
