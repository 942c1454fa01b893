.text
.globl _start
.globl probe_write
.globl probe_exit
_start:
    li 0, 0
    stwu 1, -16(1)
    bl probe_main
probe_write:
    li 0, 4
    sc
    blr
probe_exit:
    li 0, 234
    sc
