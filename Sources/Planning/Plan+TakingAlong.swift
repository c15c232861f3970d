import Steps

extension Plan {
    /// The plan with what its later steps want done along with earlier ones, where an action can do that for a step on the
    /// same nodes (`ahead` of `apt.install`: one transaction a node).
    ///
    /// Only what the plan holds is taken along, so a run of some stages brings nothing for others.
    func takingAlong() -> Plan {
        var plan = self
        let steps = stages.flatMap(\.steps)
        var position = 0
        for stage in plan.stages.indices {
            for index in plan.stages[stage].steps.indices {
                let step = plan.stages[stage].steps[index]
                position += 1
                for later in steps[position...]
                where later.target == step.target && later.isRolling == step.isRolling {
                    plan.stages[stage].steps[index].action = plan.stages[stage].steps[index].action
                        .takingAlong(later.action)
                }
            }
        }
        return plan
    }
}
