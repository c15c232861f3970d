#!/bin/bash
# crm_mon --output-as=xml, a resource whose agent gave a reason for its failure with an apostrophe, an ampersand, quotes and brackets, as
# ocf:heartbeat:Filesystem does with "Couldn't mount device [...]".
#
# Guess: a reader of XML gets the agent's words back, as the text output shows them.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13, 3.0.3 of sid): the attribute `exitreason` is escaped twice, so a reader gets
# "Couldn&apos;t mount &amp; ...". Since 3.0 the apostrophe alone is well, and the other four are as before. The text output is right.
#
# The status section of a CIB in a file; nothing runs.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2
debian_root sid pacemaker-cli-utils=3.0.3-2

cat >"$work/cib.xml" <<'X'
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config/><nodes>
<node id="1" uname="n1"/></nodes><resources><primitive id="fs" class="ocf" provider="heartbeat" type="Dummy"/></resources><constraints/>
</configuration><status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>
<lrm_resource id="fs" class="ocf" provider="heartbeat" type="Dummy"><lrm_rsc_op id="fs_last_failure_0" operation_key="fs_start_0"
 operation="start" crm_feature_set="3.16.2" transition-key="1:1:0:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee" on_node="n1" call-id="5"
 transition-magic="0:1;1:1:0:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee" exit-reason="Couldn&apos;t take &amp; &quot;mount&quot; &lt;it&gt;" rc-code="1"
 op-status="0" interval="0" last-rc-change="1700000000" exec-time="5" queue-time="0" op-digest="a"/></lrm_resource></lrm_resources></lrm>
</node_state></status></cib>
X
for suite in bookworm trixie sid; do
  cp "$work/cib.xml" "$work/$suite/tmp/cib.xml"
  monitor() { chroot "$work/$suite" env CIB_file=/tmp/cib.xml crm_mon -1 "$@"; }
  apostrophe="'"; [ $suite != bookworm ] || apostrophe='&amp;apos;'
  expect "$suite, XML" "exitreason=\"Couldn${apostrophe}t take &amp;amp; &amp;quot;mount&amp;quot; &amp;lt;it&amp;gt;\"" \
    "$(monitor --output-as=xml | grep -o 'exitreason="[^"]*"')"
  expect "$suite, text" "(Couldn't take & \"mount\" <it>)" "$(monitor | grep -o "(Could.*>)")"
done
finish
