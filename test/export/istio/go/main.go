// Istio's own control plane without a cluster: the server of its tests, with the generators of pilot, on a port.
//
//	pilot OBJECTS.yaml CONFIG.yaml
//
// OBJECTS has what a Kubernetes API server would (Service, Gateway, HTTPRoute …), CONFIG the kinds of Istio. Prints
// the port. Each line of its standard input names a file with an EndpointSlice, which takes the place of the one of
// that name, as when pods come and go. Ends when its standard input does.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"

	"google.golang.org/protobuf/types/known/wrapperspb"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/gvr"
	"istio.io/istio/pkg/kube/kclient/clienttest"
	"istio.io/istio/pkg/test"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/gateway-api/pkg/consts"
	"sigs.k8s.io/yaml"
)

func main() {
	err := test.Wrap(func(t test.Failer) {
		config := mesh.DefaultMeshConfig()
		// Its certificates, and what only Istio's build of Envoy has.
		config.EnableAutoMtls = wrapperspb.Bool(false)
		config.DefaultProviders = nil
		server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			KubernetesObjectString:     read(t, os.Args[1]),
			ConfigString:               read(t, os.Args[2]),
			MeshConfig:                 config,
			DisableSecretAuthorization: true,
			ListenerBuilder:            func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") },
		})
		// It asks for a version of this kind's definition, and the server of tests has made one without.
		clienttest.MakeCRDWithAnnotations(t, server.KubeClient(), gvr.GRPCRoute,
			map[string]string{consts.BundleVersionAnnotation: consts.BundleVersion})
		server.EnsureSynced(t)
		fmt.Println(server.Listener.Addr().(*net.TCPAddr).Port)
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			replace(t, server, lines.Text())
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func replace(t test.Failer, server *xds.FakeDiscoveryServer, path string) {
	slice := discovery.EndpointSlice{}
	if err := yaml.Unmarshal([]byte(read(t, path)), &slice); err != nil {
		t.Fatal(err)
	}
	slices := server.KubeClient().Kube().DiscoveryV1().EndpointSlices(slice.Namespace)
	if _, err := slices.Update(context.Background(), &slice, meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func read(t test.Failer, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
