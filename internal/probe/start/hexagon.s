.text
.globl _start
.globl probe_write
.globl probe_exit
_start:
    call probe_main
probe_write:
    r6 = #64
    trap0(#1)
    jumpr r31
probe_exit:
    r6 = #94
    trap0(#1)
