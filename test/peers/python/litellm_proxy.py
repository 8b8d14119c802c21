"""LiteLLM's own proxy, as it comes from its package.

Settings: `config`, what its config.yaml holds.
"""

import json
import os
import shutil
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.append(here)
from peer_server import listen, serve, settings  # noqa: E402

folder = tempfile.mkdtemp()
# It looks beside its configuration for what the configuration names.
shutil.copy(os.path.join(here, "litellm_keys.py"), folder)
config = os.path.join(folder, "config.yaml")
with open(config, "w") as file:
    # JSON is YAML.
    json.dump(settings["config"], file)
os.environ["CONFIG_FILE_PATH"] = config
# No network: its list of prices comes with the package.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_MODE"] = "PRODUCTION"

from litellm.proxy.proxy_server import app  # noqa: E402

listener, url = listen()
serve(app, listener, url)
