# shellcheck shell=bash
# The user's virtual machine.
guest_build() { :; }
guest_up() { :; }
