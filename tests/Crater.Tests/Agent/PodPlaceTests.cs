using Crater.Agent;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Xunit;

namespace Crater.Tests.Agent;

/// <summary>Pods and their containers, found in control groups as each runtime and each manager of groups lays them out.</summary>
public sealed class PodPlaceTests
{
    private const string Uid = "1a2b3c4d-0001-4002-8003-aabbccddeeff";
    private const string Underlined = "1a2b3c4d_0001_4002_8003_aabbccddeeff";
    private const string Static = "0123456789abcdef0123456789abcdef";
    private static readonly string Id = new('a', 64);
    private static readonly string Other = new('b', 64);

    public static TheoryData<string, string, string, string> Layouts => new()
    {
        { "containerd, cgroupfs, burstable", $"/kubepods/burstable/pod{Uid}/{Id}", Uid, "" },
        { "containerd, cgroupfs, guaranteed", $"/kubepods/pod{Uid}/{Id}", Uid, "" },
        { "containerd, systemd", $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{Underlined}.slice/cri-containerd-{Id}.scope", Uid, "containerd" },
        { "containerd, systemd, guaranteed", $"/kubepods.slice/kubepods-pod{Underlined}.slice/cri-containerd-{Id}.scope", Uid, "containerd" },
        { "containerd, groups of systemd's that the runtime does not know of", $"/system.slice/containerd.service/kubepods-besteffort-pod{Underlined}.slice:cri-containerd:{Id}", Uid, "containerd" },
        { "CRI-O, systemd", $"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{Underlined}.slice/crio-{Id}.scope", Uid, "cri-o" },
        { "CRI-O, a group below the container's", $"/kubepods.slice/kubepods-pod{Underlined}.slice/crio-{Id}.scope/container", Uid, "cri-o" },
        { "CRI-O, cgroupfs", $"/kubepods/burstable/pod{Uid}/crio-{Id}", Uid, "cri-o" },
        { "docker, cgroupfs", $"/kubepods/besteffort/pod{Uid}/{Id}", Uid, "" },
        { "docker, systemd", $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{Underlined}.slice/docker-{Id}.scope", Uid, "docker" },
        { "a cluster in containers, with a slice of its own", $"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod{Underlined}.slice/cri-containerd-{Id}.scope", Uid, "containerd" },
        { "a static pod", $"/kubepods/burstable/pod{Static}/{Id}", Static, "" },
        { "the lab", $"/crater-lab-0123abcd/kubepods/pod{Uid}/{Id}", Uid, "" },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_container_is_found_by_its_pods_uid(string layout, string path, string uid, string runtime)
    {
        var found = PodName.Container(path, uid);

        Assert.True(found is { } one && one.Name.Id == Id && one.Name.Runtime == runtime, $"{layout}: {found}");
        Assert.StartsWith(found!.Value.Path, path, StringComparison.Ordinal);
        Assert.Null(PodName.Container(path, "99999999-0001-4002-8003-aabbccddeeff"));
    }

    [Theory]
    [InlineData("/kubepods/burstable")]
    [InlineData("/")]
    [InlineData("/user.slice/user-0.slice/session-1.scope")]
    [InlineData("/system.slice/podman.service")]
    [InlineData("/kubepods/pod1a2b3c4d-0001-4002-8003-aabbccddeeff")]
    [InlineData("/kubepods.slice/kubepods-pod1a2b3c4d_0001_4002_8003_aabbccddeeff.slice/crio-conmon-aaaa.scope")]
    public void What_is_no_container_of_the_pod_is_not_taken_for_one(string path) => Assert.Null(PodName.Container(path, Uid));

    [Fact]
    public void The_sandbox_stands_for_the_pod_and_is_no_container_of_its()
    {
        var containers = PodSearch.Containers([Process(10, "pause", Other), Process(20, "nginx", Id), Process(21, "nginx", Id)], Uid);

        Assert.Equal(Other, PodSearch.Choose(containers, Uid, "").Name.Id);
        Assert.Equal([20, 21], PodSearch.Choose(containers, Uid, $"containerd://{Id}").Members.Select(member => member.Pid));
        Assert.Equal("CRT5626", Assert.Throws<AgentException>(() => PodSearch.Choose(containers, Uid, $"containerd://{Other}")).Code);
    }

    [Fact]
    public void Without_a_sandbox_the_oldest_container_stands_for_the_pod() =>
        Assert.Equal(Id, PodSearch.Choose(PodSearch.Containers([Process(30, "late", Other), Process(20, "early", Id)], Uid), Uid, "").Name.Id);

    [Fact]
    public void A_container_that_was_started_anew_is_not_the_one_that_was_meant()
    {
        var containers = PodSearch.Containers([Process(20, "nginx", Other)], Uid);

        Assert.Equal("CRT5626", Assert.Throws<AgentException>(() => PodSearch.Choose(containers, Uid, $"cri-o://{Id}")).Code);
    }

    [Fact]
    public void A_pod_that_is_not_here_is_said_to_be_elsewhere() => Assert.Equal("CRT5625", Assert.Throws<AgentException>(() => PodSearch.Choose([], Uid, "")).Code);

    private static (ProcessStat, IReadOnlyDictionary<string, string>) Process(int pid, string name, string container) =>
        (new ProcessStat(pid, name, 'S', 1, 0, pid), new Dictionary<string, string> { ["cpu"] = $"/kubepods/pod{Uid}/{container}", ["freezer"] = $"/kubepods/pod{Uid}/{container}", ["name=systemd"] = "/init.scope" });
}
