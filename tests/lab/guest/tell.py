"""usage: tell.py SCENARIO SCRIPT

Runs the shell script; what it prints is a record of the scenario.
"""

import json
import subprocess
import sys

done = subprocess.run(["sh", sys.argv[2]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
record = {"scenario": sys.argv[1], "box": 0, "event": "shell", "output": done.stdout.decode(errors="replace")}
print("@@ " + json.dumps(record), flush=True)
