"""Kernels as a page of JupyterLab uses them."""


def printed(client, asked):
    """Return what the request with this ID prints, once it has ended; an error fails."""
    words = []
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != asked:
            continue
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "stream":
            words.append(message["content"]["text"])
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return "".join(words)
