.text
.globl _start
.globl probe_write
.globl probe_exit
_start:
    jsr probe_main
probe_write:
    movem.l %d2-%d3, -(%sp)
    move.l (12,%sp), %d1
    move.l (16,%sp), %d2
    move.l (20,%sp), %d3
    move.l #4, %d0
    trap #0
    movem.l (%sp)+, %d2-%d3
    rts
probe_exit:
    move.l (4,%sp), %d1
    move.l #247, %d0
    trap #0
