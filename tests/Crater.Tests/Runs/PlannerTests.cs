using Crater.Drivers;
using Crater.Experiments;
using Crater.Runs;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class PlannerTests
{
    private readonly FakeWorld _world = new();

    [Fact]
    public async Task The_same_seed_draws_the_same_targets()
    {
        _world.Pods = [.. Enumerable.Range(1, 9).Select(number => Some.Pod($"carts-{number}"))];

        var first = await PlanAsync(Some.Experiment(Some.Step()), seed: 42);
        var second = await PlanAsync(Some.Experiment(Some.Step()), seed: 42);

        Assert.Equal(first.Injections[0].Target.Name, second.Injections[0].Target.Name);
        Assert.True(first.MayRun);
    }

    [Fact]
    public async Task A_share_is_rounded_down_but_is_at_least_one()
    {
        _world.Pods = [.. Enumerable.Range(1, 5).Select(number => Some.Pod($"carts-{number}"))];
        var half = new TargetSelector { Namespace = "shop", Share = new Ratio(0.5) };
        var little = new TargetSelector { Namespace = "shop", Share = new Ratio(0.01) };
        var wide = Some.Experiment() with { BlastRadius = new BlastRadius { TargetsMax = 9 } };

        Assert.Equal(2, (await PlanAsync(wide with { Method = [Some.Step(half)] })).Injections.Count);
        Assert.Single((await PlanAsync(wide with { Method = [Some.Step(little)] })).Injections);
    }

    [Fact]
    public async Task A_selector_that_matches_nothing_says_what_was_seen_instead()
    {
        _world.Pods = [];

        var problem = Assert.Single((await PlanAsync(Some.Experiment(Some.Step()))).Problems);

        Assert.Equal("CRT3003", problem.Code);
        Assert.Contains("app=orders", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task More_targets_wanted_than_there_are() => ExpectAsync("CRT3004", Some.Experiment(Some.Step(new TargetSelector { Namespace = "shop", Count = 5 })));

    [Fact]
    public async Task More_targets_than_the_limit_counting_all_runs()
    {
        _world.Claims.Add(new Claim(new TargetId("pod/shop/orders-1"), "deployment/shop/orders", new RunId("chaos-00000001")));

        await ExpectAsync("CRT3005", Some.Experiment(Some.Step()));
    }

    [Fact]
    public async Task A_larger_share_of_a_component_than_the_limit_counting_all_runs()
    {
        _world.Claims.Add(new Claim(new TargetId("pod/shop/carts-2"), "deployment/shop/carts", new RunId("chaos-00000001")));

        await ExpectAsync("CRT3006", Some.Experiment(Some.Step()) with { BlastRadius = new BlastRadius { TargetsMax = 9, TargetShareMax = new Ratio(0.34) } });
    }

    [Fact]
    public Task A_method_longer_than_the_limit() => ExpectAsync("CRT3007", Some.Experiment(Some.Step(seconds: 200), Some.Step(seconds: 200)));

    [Fact]
    public async Task Background_steps_do_not_add_up() =>
        Assert.Equal(TimeSpan.FromSeconds(200), (await PlanAsync(Some.Experiment(Some.Step(seconds: 200, background: true), Some.Step(fault: "cpu-burn", seconds: 150)))).Duration);

    [Fact]
    public Task A_driver_that_is_not_here_is_an_error_and_never_a_swap() => ExpectAsync("CRT3008", Some.Experiment(Some.Step()) with { Driver = "litmus" });

    [Fact]
    public async Task A_driver_that_is_not_here_is_all_that_is_wrong_with_a_fault_that_others_could_do()
    {
        var plan = await new Planner(_world, _world, [_world.Driver()]).PlanAsync(Some.Experiment(Some.Step()) with { Driver = "litmus" }, Some.Run, 1, CancellationToken.None);

        Assert.Equal(["CRT3008"], plan.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public async Task A_driver_that_stack_yaml_forbids_is_refused_by_that_rule_and_none_is_taken_instead()
    {
        var plan = await new Planner(_world, _world, [_world.Driver()], ["litmus"]).PlanAsync(Some.Experiment(Some.Step()) with { Driver = "litmus" }, Some.Run, 1, CancellationToken.None);

        Assert.Equal(("CRT8202", false), (plan.Problems[0].Code, plan.MayRun));
    }

    [Fact]
    public Task Probes_for_an_engine_are_never_left_out_in_silence_by_a_driver_that_plays_none() => ExpectAsync("CRT8208",
        Some.Experiment(Some.Step() with { Provider = new FaultProvider(Some.Fault() with { Probes = "[{}]" }, new TargetSelector { Namespace = "shop" }, TimeSpan.FromSeconds(1)) }));

    [Fact]
    public async Task A_fault_that_no_driver_here_can_do()
    {
        _world.DriverName = "aws";

        await ExpectAsync("CRT3009", Some.Experiment(Some.Step()));
    }

    [Fact]
    public Task A_driver_that_the_document_insists_on_but_cannot_do_the_fault() =>
        ExpectAsync("CRT3010", Some.Experiment(Some.Step(fault: "pod-kill")) with { Driver = "lab" });

    [Fact]
    public Task A_fault_on_the_wrong_kind_of_target() => ExpectAsync("CRT3002", Some.Experiment(Some.Step(new TargetSelector { Kind = TargetKind.ConfigMap })));

    [Theory]
    [InlineData("kube-system")]
    [InlineData("crater-system")]
    public void A_namespace_that_is_protected_is_so_as_a_target_too(string name)
    {
        Assert.True(Planner.IsProtected(new Target { Kind = TargetKind.Namespace, Name = name }));
        Assert.True(Planner.IsProtected(new Target { Kind = TargetKind.Pod, Namespace = name, Name = "a" }));
        Assert.False(Planner.IsProtected(new Target { Kind = TargetKind.Namespace, Name = "shop" }));
    }

    [Fact]
    public async Task The_clusters_own_namespaces_are_refused()
    {
        _world.Pods = [Some.Pod("coredns-1", "kube-system", "deployment/kube-system/coredns")];

        await ExpectAsync("CRT3011", Some.Experiment(Some.Step()));
    }

    [Fact]
    public async Task A_target_that_another_run_holds_is_not_drawn()
    {
        _world.Claims.Add(new Claim(new TargetId("pod/shop/carts-1"), "", new RunId("chaos-00000001")));
        var wide = Some.Experiment(Some.Step()) with { BlastRadius = new BlastRadius { TargetsMax = 9 } };

        Assert.Equal("carts-2", (await PlanAsync(wide)).Injections[0].Target.Name);
        _world.Claims.Add(new Claim(new TargetId("pod/shop/carts-2"), "", new RunId("chaos-00000002")));
        await ExpectAsync("CRT3012", wide);
    }

    [Fact]
    public async Task The_same_fault_twice_on_one_target_at_the_same_time()
    {
        _world.Pods = [Some.Pod()];

        await ExpectAsync("CRT3013", Some.Experiment(Some.Step(background: true), Some.Step()));
    }

    [Fact]
    public async Task A_dry_run_names_every_injection_and_every_refusal()
    {
        var plan = await PlanAsync(Some.Experiment(Some.Step(seconds: 400)));
        var text = PlanText.Text(plan);

        Assert.Contains("network-delay(delay=2s) on pod/shop/carts-", text, StringComparison.Ordinal);
        Assert.Contains("CRT3007", text, StringComparison.Ordinal);
        Assert.False((bool)PlanText.Json(plan)["mayRun"]!);
    }

    private Task<Plan> PlanAsync(Experiment experiment, int seed = 1) =>
        new Planner(_world, _world, [_world.Driver()]).PlanAsync(experiment, Some.Run, seed, CancellationToken.None);

    private async Task ExpectAsync(string code, Experiment experiment)
    {
        var plan = await PlanAsync(experiment);
        Assert.Contains(code, plan.Problems.Select(problem => problem.Code));
        Assert.False(plan.MayRun);
    }

    private sealed class FakeWorld : ITargets, IClaims
    {
        public IReadOnlyList<Target> Pods { get; set; } = [Some.Pod("carts-1"), Some.Pod("carts-2")];

        public List<Claim> Claims { get; } = [];

        public string DriverName { get; set; } = "lab";

        public FakeDriver Driver() => new(DriverName);

        public Task<TargetSearch> FindAsync(TargetSelector selector, CancellationToken abort) => Task.FromResult(new TargetSearch(
            Pods, Pods.GroupBy(pod => pod.Component).ToDictionary(group => group.Key, group => group.Count()), ["namespace shop: app=orders (2 pods)"]));

        public Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) => Task.FromResult<IReadOnlyList<Claim>>(Claims);

        public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort) => Task.FromResult<RunId?>(null);

        public Task ReleaseAsync(Claim claim, CancellationToken budget) => Task.CompletedTask;
    }

    internal sealed class FakeDriver(string name) : IDriver
    {
        public string Name => name;

        public bool Supports(string fault) => true;

        public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => throw new NotSupportedException();

        public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => throw new NotSupportedException();

        public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => throw new NotSupportedException();

        public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => throw new NotSupportedException();

        public Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) => throw new NotSupportedException();
    }
}
