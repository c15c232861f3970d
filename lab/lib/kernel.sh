# shellcheck shell=bash
# Which User Mode Linux the nodes run: the machine's own package, or sid's beside it with sid's loader and libc, since system calls
# cost a fraction in its SECCOMP mode (6.16 and later). A kernel is named by its package's version; a lab stays with the kernel of
# its disks, whose images hold its modules.

KERNELS=$LAB_DIR/kernels

kernel_own() { dpkg-query -W -f '${Version}' user-mode-linux; }
kernel_newest() { find "$KERNELS/" -mindepth 1 -maxdepth 1 -name '[0-9]*' -printf '%f\n' 2>/dev/null | sort -V | tail -n 1; }
kernel_is_fast() { grep -q '^seccomp=' <<<"$("$1" --help 2>/dev/null)"; }

# kernel_choose: sets KERNEL for new disks. LAB_KERNEL=own keeps to the machine's package.
kernel_choose() {
  KERNEL=$(kernel_own)
  [ "${LAB_KERNEL:-newest}" = newest ] || return 0
  ! kernel_is_fast "$UML" || return 0
  local newest; newest=$(kernel_newest)
  if [ -z "$newest" ]; then
    say "fetching a faster kernel"
    (kernel_fetch) || { say "it cannot be had: the nodes run $KERNEL"; return 0; }
    newest=$(kernel_newest)
  fi
  KERNEL=$newest
}

# kernel_of_lab: sets KERNEL to that of the lab's disks. Disks from before there was a choice have the machine's own.
kernel_of_lab() {
  KERNEL=$(setting kernel)
  [ -n "$KERNEL" ] || KERNEL=$(kernel_own)
  [ -d "$KERNELS/$KERNEL" ] || [ "$KERNEL" = "$(kernel_own)" ] || die "the kernel $KERNEL of this lab's disks is gone: lab reset"
}

kernel_program() { if [ -d "$KERNELS/$KERNEL" ]; then echo "$KERNELS/$KERNEL/linux.uml"; else echo "$UML"; fi; }
kernel_modules() { if [ -d "$KERNELS/$KERNEL" ]; then echo "$KERNELS/$KERNEL/modules"; else echo /usr/lib/uml/modules; fi; }

# By apt in a folder of its own: nothing of sid reaches this machine. The program names its loader and its libc by their place: started
# by the loader instead, it would take the loader's heap for its own, and with it all addresses below for its memory. In a subshell:
# what it sets ends with it.
kernel_fetch() {
  local work=$KERNELS/part version
  trap 'rm -rf "$KERNELS/part"' EXIT
  rm -rf "$work"
  mkdir -p "$work"/{state/lists/partial,cache/archives/partial,none,new,root}
  cache_up
  image_sources sid >"$work/sources.list"
  : >"$work/status"
  { mirror_settings checks transport
    printf '%s\n' "Dir::State \"$work/state\";" "Dir::State::status \"$work/status\";" "Dir::Cache \"$work/cache\";" \
      "Dir::Etc::main \"$work/none/main\";" "Dir::Etc::parts \"$work/none\";" "Dir::Etc::sourcelist \"$work/sources.list\";" \
      "Dir::Etc::sourceparts \"$work/none\";" "Dir::Etc::preferences \"$work/none/preferences\";" "Dir::Etc::preferencesparts \"$work/none\";" \
      "APT::Sandbox::User \"root\";" "Acquire::Languages \"none\";" "Acquire::Retries \"1\";" "Acquire::http::Timeout \"20\";" \
      "Acquire::http::Proxy \"http://127.0.0.1:$APT_PORT\";"
  } >"$work/apt.conf"
  cd "$work/root"
  { APT_CONFIG=$work/apt.conf timeout 600 apt-get -q --error-on=any update &&
    APT_CONFIG=$work/apt.conf timeout 600 apt-get -q download user-mode-linux libc6
  } >"$KERNELS/log" 2>&1 || { tail -n 2 "$KERNELS/log" >&2; return 1; }
  version=$(dpkg-deb -f user-mode-linux_*.deb Version) || return
  dpkg-deb --fsys-tarfile user-mode-linux_*.deb | tar -x ./usr/bin/linux.uml ./usr/lib/uml/modules || return
  dpkg-deb --fsys-tarfile libc6_*.deb | tar -x --wildcards './usr/lib/*/libc.so.6' './usr/lib/*/ld-linux*' || return
  mv usr/bin/linux.uml usr/lib/uml/modules usr/lib/*-linux-gnu/libc.so.6 usr/lib/*-linux-gnu/ld-linux* "$work/new/" || return
  patchelf --set-interpreter "$KERNELS/$version/$(basename "$work"/new/ld-linux*)" --set-rpath "$KERNELS/$version" "$work/new/linux.uml" || return
  mv -T "$work/new" "$KERNELS/$version"
  kernel_is_fast "$KERNELS/$version/linux.uml" || { rm -rf "${KERNELS:?}/$version"; say "user-mode-linux $version does not run here, or is no faster"; return 1; }
}
