#!/bin/bash
# crm_mon's XML, of a node that has just booted: corosync is a member again, Pacemaker does not run there yet.
#
# Guess: `online="false"` until Pacemaker has joined on that node, so that whoever counts `online="true"` knows which nodes can
# run something.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13, the same): `online="true"` as soon as corosync counts it, where fencing is on. What
# is missing stands in `pending="true"` beside it; and where the others expect the node to be a member, `online="true"` stands beside
# `unclean="true"`: it is about to be fenced. A test of ours took that for a cluster at rest and cut the link 7 s after the node's
# corosync, with the node's Pacemaker 12 s away: nobody fenced anybody, since nobody had joined.
#
# crm_mon reads a CIB from a file, with what the peer's Pacemaker writes of such a node.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2

# seen SUITE IN_CCM CRMD JOIN EXPECTED: what crm_mon says of the second node.
seen() {
  cat >"$work/$1/tmp/cib.xml" <<X
<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.7" epoch="1" num_updates="0" admin_epoch="1" have-quorum="1" dc-uuid="1">
<configuration><crm_config><cluster_property_set id="options"><nvpair id="fencing" name="stonith-enabled" value="true"/>
</cluster_property_set></crm_config><nodes><node id="1" uname="left"/><node id="2" uname="right"/></nodes>
<resources><primitive id="fence" class="stonith" type="fence_sbd"/></resources><constraints/></configuration><status>
<node_state id="1" uname="left" in_ccm="true" crmd="online" join="member" expected="member"/>
<node_state id="2" uname="right" in_ccm="$2" crmd="$3" join="$4" expected="$5"/></status></cib>
X
  chroot "$work/$1" env CIB_file=/tmp/cib.xml crm_mon -1 --output-as=xml |
    sed -n '/<node name="right"/ { s/.* \(online="[a-z]*"\).* \(pending="[a-z]*"\) \(unclean="[a-z]*"\).*/\1 \2 \3/p }'
}

for suite in bookworm trixie; do
  expect "$suite, all of it runs" 'online="true" pending="false" unclean="false"' "$(seen $suite true online member member)"
  expect "$suite, booted after a fence, corosync only" 'online="true" pending="true" unclean="false"' "$(seen $suite true offline down down)"
  expect "$suite, its Pacemaker died" 'online="true" pending="false" unclean="true"' "$(seen $suite true offline down member)"
  expect "$suite, corosync lost it" 'online="false" pending="false" unclean="true"' "$(seen $suite false online member member)"
done
finish
