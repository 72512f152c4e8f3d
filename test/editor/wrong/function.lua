agi.stream_fil("hello-world") --> undefined-field
