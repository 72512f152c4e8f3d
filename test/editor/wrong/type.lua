agi.stream_file({"hello-world"}) --> param-type-mismatch
