.text
.globl _start
.globl probe_write
.globl probe_exit
_start:
    sub %sp, 176, %sp
    call probe_main
    nop
probe_write:
    mov 4, %g1
    ta 0x6d
    retl
    nop
probe_exit:
    mov 188, %g1
    ta 0x6d
