// Istio's own control plane without a cluster: the server of its tests, with the generators of pilot, on a port.
//
//	pilot OBJECTS.yaml CONFIG.yaml
//
// OBJECTS has what a Kubernetes API server would (Service, Gateway, HTTPRoute …), CONFIG the kinds of Istio. Prints
// the port, and ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"net"
	"os"

	"google.golang.org/protobuf/types/known/wrapperspb"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
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
		fmt.Println(server.Listener.Addr().(*net.TCPAddr).Port)
		_, _ = io.Copy(io.Discard, os.Stdin)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(t test.Failer, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
